-- Prosody with HmacFileServer as its component (XEP-0114): the server issues the slots itself, so that clients hear of
-- a file too large, a used-up quota or a full disk before they upload. No module is needed. Paste below your VirtualHost;
-- in config.toml: [xmpp] domain = "upload.example.org" and the same secret. docs/connecting.md compares the ways.
--
-- Prosody listens for components on 127.0.0.1 port 5347. If the server is on another machine, set component_ports and
-- component_interfaces at the top of this file, and know that the connection is not encrypted.
-- If upload.example.org is not a subdomain of the virtual host, the virtual host also needs:
--   disco_items = { { "upload.example.org", "File upload" } }

Component "upload.example.org"
	component_secret = "change-me"
