"""The historical record: what published data say of the model."""
