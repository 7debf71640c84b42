"""Classical laws of attrition between two forces: closed forms, integration, exact chains."""
