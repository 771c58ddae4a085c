package keys

import (
	"sync"
	"time"
)

// maxSessions bounds the memory that sign-ins can take; the oldest goes first.
const maxSessions = 1000

// session is a person who is signed in with a key.
type session struct {
	key     string // id of the API key; a key that is gone ends its sessions
	expires time.Time
}

// Sessions are kept in memory alone: a restart signs everybody out. They are found by the hash of their cookie, so that
// neither a dump of this table nor the time of a look-up gives a cookie away.
type Sessions struct {
	clock func() time.Time
	ttl   time.Duration

	mu   sync.Mutex
	byID map[string]session
}

// NewSessions returns an empty table whose sessions live for ttl.
func NewSessions(clock func() time.Time, ttl time.Duration) *Sessions {
	return &Sessions{clock: clock, ttl: ttl, byID: map[string]session{}}
}

// Open returns the cookie value of a new session.
func (s *Sessions) Open(key string) string {
	id := secret()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	var oldest string
	for h, old := range s.byID {
		if !now.Before(old.expires) {
			delete(s.byID, h)
		} else if oldest == "" || old.expires.Before(s.byID[oldest].expires) {
			oldest = h
		}
	}
	if len(s.byID) >= maxSessions {
		delete(s.byID, oldest)
	}
	s.byID[hash(id)] = session{key: key, expires: now.Add(s.ttl)}
	return id
}

// Find returns the key id behind a cookie.
func (s *Sessions) Find(cookie string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[hash(cookie)]
	if !ok || !s.clock().Before(found.expires) {
		return "", false
	}
	return found.key, true
}

// Close ends a session.
func (s *Sessions) Close(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, hash(cookie))
}
