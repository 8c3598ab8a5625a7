"""``make demo-model``: a model on its way from training to the preview that names its change."""
