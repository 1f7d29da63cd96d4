"""What a visitor does in the workspace: says, commands, clicks, submits, looks at the bot's Home."""
