"""The routes: each reads its request, calls one service, writes one entry and answers. No rule and no query is here."""
