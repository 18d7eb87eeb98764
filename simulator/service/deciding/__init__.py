"""Who gets which batch size: the policies of the offline engines, on state that is stored."""
