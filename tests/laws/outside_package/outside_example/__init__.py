"""A law and a mechanism for Salient, from outside."""
