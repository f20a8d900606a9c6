"""The endpoints of httpbin and go-httpbin, in httpbin's dialect; `routes.ROUTES` is the list of them."""
