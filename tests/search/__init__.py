"""Search: embeddings, the index, what is found and how it is shown."""
