"""Creating servers: request → votes → intent → creation → follow-up. See `machine` for the states."""
