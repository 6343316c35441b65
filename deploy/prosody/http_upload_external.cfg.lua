-- Prosody with mod_http_upload_external (package prosody-modules). Paste below your VirtualHost.
--
-- The signature of protocol v2 covers path, size and content type, that of v1 path and size; HmacFileServer takes both.
-- If upload.example.org is not a subdomain of the virtual host, the virtual host also needs:
--   disco_items = { { "upload.example.org", "File upload" } }

Component "upload.example.org" "http_upload_external"
	-- Where clients reach HmacFileServer through the web server: with its base_path, and ending in a slash.
	http_upload_external_base_url = "https://upload.example.org/"
	-- The same as secret in config.toml (or what is in its secret_file).
	http_upload_external_secret = "change-me"
	http_upload_external_protocol = "v2"
	-- In bytes, at most max_upload_size of config.toml. Clients ask for this number before they upload.
	http_upload_external_file_size_limit = 10 * 1024 * 1024 * 1024
