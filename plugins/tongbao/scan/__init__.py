"""Own scans: probe, crawl and read government websites; what they find comes in through the same intake as any other source."""
