"""How war works: one file a mechanism, each a pure rule beside a declaration of all that it needs."""
