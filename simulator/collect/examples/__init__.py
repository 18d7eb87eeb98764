"""A job to try a collection with: it is really trained, and needs only scikit-learn, and PyTorch if it is there."""
