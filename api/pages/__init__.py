"""The pages in a browser: templates over the services that the API uses, behind the one gate. They decide nothing."""
