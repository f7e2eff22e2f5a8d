"""Whether new images are like those that a model was tested on."""
