package chromium

import (
	"strings"

	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

// Setup is what a new target must be told before its first script runs, in this order, the last of which lets it run.
func Setup(page bool, locale, zone, agent string) []proto.Request {
	cmds := append([]proto.Request{AutoAttach(), proto.FetchEnable{HandleAuthRequests: true}}, Place(locale, zone, agent)...)
	if page {
		size := step.Viewport()
		cmds = append(cmds,
			proto.EmulationSetDeviceMetricsOverride{Width: size.W, Height: size.H, DeviceScaleFactor: 1},
			proto.EmulationSetFocusEmulationEnabled{Enabled: true},
			proto.PageEnable{}, proto.NetworkEnable{}, proto.InspectorEnable{},
		)
	}
	return append(cmds, proto.RuntimeRunIfWaitingForDebugger{})
}

// Place is what tells a target where in the world it is. It may be told again while no page has asked.
func Place(locale, zone, agent string) []proto.Request {
	return []proto.Request{
		proto.EmulationSetTimezoneOverride{TimezoneID: zone},
		proto.EmulationSetLocaleOverride{Locale: strings.ReplaceAll(locale, "-", "_")},
		proto.EmulationSetUserAgentOverride{UserAgent: agent, AcceptLanguage: locale},
	}
}
