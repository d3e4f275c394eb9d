"""A laptop's OpenAI: speaks its wire over HTTP and renders real videos with ffmpeg."""
