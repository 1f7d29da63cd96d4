"""The migrations; each stands for itself and imports nothing of `bot.store`."""
