"""A laptop's Stripe: keeps payments, refunds and granted tokens, and speaks its wire over HTTP."""
