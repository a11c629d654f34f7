"""New problems with verified answers: from formulations to words, and back."""
