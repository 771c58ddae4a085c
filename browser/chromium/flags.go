package chromium

import "strings"

// flag is one switch of Chromium's command line and why it is there.
type flag struct{ name, value, why string }

// flags is Chromium's whole command line. It starts from nothing: what is not listed keeps Chromium's own default, in
// particular the sandbox and site isolation.
func flags(l layout, proxy string) []flag {
	all := []flag{
		{"headless", "new", "the full browser without a window"},
		{"remote-debugging-pipe", "", "DevTools on descriptors 3 and 4; no port that anybody else could reach"},
		{"no-startup-window", "", "no page outside the sessions"},
		{"user-data-dir", l.profile, "everything Chromium keeps is removed with the profile"},
		{"site-per-process", "", "every site in a process of its own, whatever field trials say"},

		{"proxy-server", proxy, "what belongs to no session gets no way out; each session has its own proxy"},
		{"proxy-bypass-list", "<-loopback>", "without it loopback and link-local addresses skip the proxy"},
		{"host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "names are resolved by the session's proxy alone"},
		{"disable-quic", "", "no UDP beside the proxy"},
		{"webrtc-ip-handling-policy", "disable_non_proxied_udp", "WebRTC uses no path beside the proxy"},

		{"disable-background-networking", "", "no update checks, no safe browsing lists, no variations"},
		{"disable-component-update", "", "no component downloads"},
		{"component-updater", "url-source=data:,", "components that Chromium wants all the same are asked for nowhere"},
		{"disable-domain-reliability", "", "no reports about failed requests"},
		{"disable-field-trial-config", "", "no experiments"},
		{"disable-sync", "", "no account"},
		{"disable-breakpad", "", "no crash reports"},
		{"disable-default-apps", "", "no installed apps"},
		{"disable-extensions", "", "no extensions"},
		{"disable-component-extensions-with-background-pages", "", "no built-in extensions that talk"},
		{"disable-speech-api", "", "no remote speech recognition"},
		{"metrics-recording-only", "", "no metrics uploads"},
		{"no-pings", "", "no hyperlink auditing"},
		{"disable-features", strings.Join(offFeatures(), ","), "each named below"},

		{"deny-permission-prompts", "", "location, notifications, camera and the like are refused, never asked"},
		{"noerrdialogs", "", "no error windows that nobody could close"},
		{"no-first-run", "", "no welcome page"},
		{"no-default-browser-check", "", "no question about the default browser"},
		{"disable-search-engine-choice-screen", "", "no choice screen"},
		{"password-store", "basic", "no system keyring"},
		{"mute-audio", "", "no sound device"},

		{"disable-background-timer-throttling", "", "sessions work side by side; none is in the background"},
		{"disable-backgrounding-occluded-windows", "", "the same"},
		{"disable-renderer-backgrounding", "", "the same"},
		{"disable-dev-shm-usage", "", "containers give /dev/shm 64 MiB; shared memory lives in the profile's own tmp"},
		{"force-color-profile", "srgb", "pictures have the same colours on every machine"},
	}
	if l.cache != "" {
		all = append(all, flag{"disk-cache-dir", l.cache, "a profile keeps log-ins, not copies of pages"})
	}
	return all
}

// deadProxy is where nothing listens: port 9 is discard.
const deadProxy = "http://127.0.0.1:9"

// offFeatures are Chromium features that would talk to somebody, load what was not asked for, or put something between
// the page and its picture.
func offFeatures() []string {
	return []string{
		"Translate",                   // asks a service about the page's language
		"OptimizationHints",           // fetches hints about sites
		"MediaRouter",                 // looks for cast devices
		"DialMediaRouteProvider",      // the same by multicast
		"AutofillServerCommunication", // sends the shape of forms
		"NetworkTimeServiceQuerying",  // asks for the time
		"SegmentationPlatform",        // fetches models
		"LensOverlay",                 // sends pictures
		"AIPromptAPI",                 // fetches a model for pages
		"Prerender2",                  // loads pages nobody opened
		"HttpsUpgrades",               // changes the scheme that policy judged
	}
}

// arguments renders flags as Chromium takes them.
func arguments(all []flag) []string {
	args := make([]string, 0, len(all))
	for _, f := range all {
		arg := "--" + f.name
		if f.value != "" {
			arg += "=" + f.value
		}
		args = append(args, arg)
	}
	return args
}

// environment is the whole environment of Chromium; HOME and its kin lead into the profile.
func environment(l layout) []string {
	return []string{
		"PATH=/usr/bin:/bin",
		"LANG=C.UTF-8",
		"HOME=" + l.home,
		"TMPDIR=" + l.tmp,
		"XDG_CONFIG_HOME=" + l.home + "/.config",
		"XDG_CACHE_HOME=" + l.home + "/.cache",
		"XDG_DATA_HOME=" + l.home + "/.local/share",
		"XDG_RUNTIME_DIR=" + l.tmp,
		"BREAKPAD_DUMP_LOCATION=" + l.tmp,
	}
}
