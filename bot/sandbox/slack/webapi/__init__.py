"""The Web API: methods by family, and the endpoint that authenticates, limits and logs their calls."""
