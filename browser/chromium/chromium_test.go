package chromium_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"chiron/browser/browsertest"
	"chiron/browser/chromium"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	browsertest.Main()
	goleak.VerifyTestMain(m)
}

func TestFlagsKeepEveryWall(t *testing.T) {
	args := chromium.Arguments("/x")
	for _, forbidden := range []string{
		"--no-sandbox", "--disable-setuid-sandbox", "--disable-gpu-sandbox", "--disable-seccomp-filter-sandbox",
		"--disable-namespace-sandbox", "--single-process", "--no-zygote", "--disable-site-isolation-trials",
		"--disable-web-security", "--ignore-certificate-errors", "--allow-file-access-from-files",
		"--remote-debugging-port", "--remote-allow-origins", "--disable-popup-blocking", "--allow-running-insecure-content",
	} {
		if slices.ContainsFunc(args, func(a string) bool { return a == forbidden || strings.HasPrefix(a, forbidden+"=") }) {
			t.Errorf("%s is among the flags", forbidden)
		}
	}
	for _, needed := range []string{
		"--headless=new", "--remote-debugging-pipe", "--site-per-process", "--proxy-bypass-list=<-loopback>", "--disable-quic",
		"--webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--deny-permission-prompts", "--user-data-dir=/x/p",
	} {
		if !slices.Contains(args, needed) {
			t.Errorf("%s is missing", needed)
		}
	}
	off := args[slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "--disable-features=") })]
	if regexp.MustCompile(`(?i)isolat|sitePerProcess|NetworkServiceSandbox`).MatchString(off) {
		t.Errorf("a wall is switched off in %s", off)
	}
}
