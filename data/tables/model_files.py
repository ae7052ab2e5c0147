"""Files of models that are served as they are; their bytes lie in the state folder, by digest."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Table, Text

from data.tables.schema import metadata, one_of

model_file = Table(
    "model_file",
    metadata,
    Column("model", BigInteger, ForeignKey("model.id"), primary_key=True),
    # In the folder of a tileset; of a raster that of the file; of a scene the building's key.
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    # Whether a viewer asks for it first: of a tileset its first document.
    Column("entry", Boolean, nullable=False),
    one_of("kind", ("tileset", "terrain", "imagery", "scene")),
    CheckConstraint("size >= 0", name="size"),
    # It is a part of a path on disk.
    CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
)
