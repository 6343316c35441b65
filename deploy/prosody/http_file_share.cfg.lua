-- Prosody's own mod_http_file_share (0.12 and later), with the files at HmacFileServer. Paste below your VirtualHost.
--
-- Prosody keeps quotas and who may upload; the token it issues names the owner, the size, the type and the time after
-- which the file is to be deleted.
-- If upload.example.org is not a subdomain of the virtual host, the virtual host also needs:
--   disco_items = { { "upload.example.org", "File upload" } }

Component "upload.example.org" "http_file_share"
	-- Where clients reach HmacFileServer through the web server: with its base_path, and ending in a slash.
	http_file_share_base_url = "https://upload.example.org/"
	-- The same as secret in config.toml (or jwt_secret, if you set one).
	http_file_share_secret = "change-me"
	-- In bytes. The limit at most max_upload_size of config.toml; the quota is per user and day.
	http_file_share_size_limit = 10 * 1024 * 1024 * 1024
	http_file_share_daily_quota = 100 * 1024 * 1024 * 1024
	-- Seconds a file is kept; -1 keeps it for ever.
	http_file_share_expires_after = 30 * 24 * 60 * 60
