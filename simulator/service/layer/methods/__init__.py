"""Methods of the service layer, by what they are about."""
