"""A laptop's queue provider: speaks fal.ai's queue wire and renders real videos with ffmpeg."""
