"""The API: the deeds of the pages for programs, under /api/v1. Bearer fichas, JSON, the same services and refusals."""
