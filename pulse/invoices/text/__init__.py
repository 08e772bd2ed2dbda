"""What a person sees of a page, as lines and words."""
