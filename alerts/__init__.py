"""Rules, what they remember, the alerts that they raise, and what people do with them."""
