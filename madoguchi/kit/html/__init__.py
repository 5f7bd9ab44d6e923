"""HTML from strangers and from our own editor: made safe, turned to text and back."""

from madoguchi.kit.html.images import with_inline_images, with_remote_images
from madoguchi.kit.html.mail import sanitise_mail
from madoguchi.kit.html.prose import sanitise_prose
from madoguchi.kit.html.text import from_text, text_from

__all__ = ["from_text", "sanitise_mail", "sanitise_prose", "text_from", "with_inline_images", "with_remote_images"]
