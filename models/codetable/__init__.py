"""The code table: `models/codes.yaml` read, checked and turned into the vocabulary of a model."""
