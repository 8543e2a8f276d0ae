"""图: figures drawn as SVG (pure), and made into PNG where a platform shows pictures."""
