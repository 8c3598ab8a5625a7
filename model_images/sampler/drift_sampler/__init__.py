"""The sampler: what a model is asked and answers, compared with the distribution that is stored with its version."""
