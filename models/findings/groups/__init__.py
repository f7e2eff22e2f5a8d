"""Groups that nobody named: what names suggest, and what the images bear out."""
