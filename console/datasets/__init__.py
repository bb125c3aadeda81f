"""The protected sample REST API: a small catalogue of synthetic market data behind the gate."""
