"""The store: tables, migrations, bulk writer and queries, with the reference tables beside them."""
