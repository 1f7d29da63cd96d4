"""Stand-ins for CloudNexus and Slack: real servers on real sockets that can misbehave on request.

They are independent witnesses: nothing here may import anything else of bot, so that a mistake in
our own parsing can't hide in the server that it is tested against.
"""
