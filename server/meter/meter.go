// Package meter counts what passes the front door.
package meter

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// HTTP is what the front door counts.
type HTTP struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	Streams  prometheus.Gauge // open event streams
}

// New registers the counters.
func New(r *prometheus.Registry) (*HTTP, error) {
	m := &HTTP{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chiron_http_requests_total",
			Help: "HTTP requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "chiron_http_request_seconds",
			Help: "Time of HTTP requests by route; streams count from start to end.", Buckets: prometheus.DefBuckets}, []string{"route"}),
		Streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chiron_http_event_streams", Help: "Open event streams."}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.Streams} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Request counts one request; a route of "" was none.
func (m *HTTP) Request(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}
