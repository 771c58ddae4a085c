package chromium_test

import (
	"bytes"
	"os"
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

// Chromium passes over a flag or a feature that it does not know, so one that was renamed would be a hole that nobody sees.
func TestChromiumKnowsEveryFlag(t *testing.T) {
	program, err := os.ReadFile("/usr/lib/chromium/chromium")
	if err != nil {
		t.Fatal(err)
	}
	known := func(name string) bool { return bytes.Contains(program, []byte(name+"\x00")) }
	flags, features := chromium.Names()
	if len(flags) < 30 || len(features) < 10 {
		t.Fatalf("%d flags, %d features", len(flags), len(features))
	}
	for _, name := range slices.Concat(flags, features) {
		if !known(name) {
			t.Errorf("this Chromium knows no %q", name)
		}
	}
	for _, name := range []string{"disable-quik", "TranslateNothing"} { // the control
		if known(name) {
			t.Errorf("it would know %q too", name)
		}
	}
}
