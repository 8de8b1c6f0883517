"""Django's SQLite backend with a fair queue for writers: `ENGINE = "ringcx_bots.sqlite"`."""
