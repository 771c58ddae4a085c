package server

// Patterns are all routes that are served.
func (s *Server) Patterns() []string { return s.patterns }

// OpenRoutes are the routes that need no key.
func OpenRoutes() map[string]bool { return open() }

// Problem is the error table.
var Problem = (*Server).problem
