package guard

import (
	"fmt"
	"net"
	"sync"
)

// relayBacklog is the number of relayed connections that may wait for Accept; one more is closed, as a full backlog of the
// kernel would refuse it.
const relayBacklog = 256

// Relay makes 127.0.0.1:port of the child's network namespace answer: connections made there come out of the returned
// listener. Port 0 takes a free one; Addr tells which. A child that is not isolated has its relays on the loopback of this
// machine. Closing the listener closes the port. Accept fails with net.ErrClosed once the listener is closed or the child
// has ended.
func (c *Child) Relay(port int) (net.Listener, error) {
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("guard: relay: port %d is out of range", port)
	}
	r := &relay{
		child: c, answer: make(chan message, 1), conns: make(chan net.Conn, relayBacklog), closed: make(chan struct{}),
	}
	c.mu.Lock()
	if c.relays == nil {
		c.mu.Unlock()
		return nil, fmt.Errorf("guard: relay: %w", ErrStopped)
	}
	c.nextID++
	r.id = c.nextID
	c.relays[r.id] = r
	c.mu.Unlock()

	if err := c.link.send(message{Kind: kindListen, ID: r.id, Port: port}, -1); err != nil {
		c.forget(r)
		return nil, fmt.Errorf("guard: relay: %w", ErrStopped)
	}
	select {
	case m := <-r.answer:
		if m.Kind == kindRefused {
			c.forget(r)
			return nil, fmt.Errorf("guard: relay: %s", m.Text)
		}
		r.addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: m.Port}
		return r, nil
	case <-r.closed:
		return nil, fmt.Errorf("guard: relay: %w", ErrStopped)
	}
}

// relay is the outer end of a port inside.
type relay struct {
	child  *Child
	id     int
	addr   *net.TCPAddr
	answer chan message
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept implements net.Listener.
func (r *relay) Accept() (net.Conn, error) {
	select {
	case <-r.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case conn := <-r.conns:
		return conn, nil
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (r *relay) Close() error {
	r.child.forget(r)
	r.child.link.send(message{Kind: kindClose, ID: r.id}, -1) // fails only when the port died with the child
	return nil
}

// Addr implements net.Listener.
func (r *relay) Addr() net.Addr { return r.addr }

func (r *relay) shut() {
	r.once.Do(func() {
		close(r.closed)
		for {
			select {
			case conn := <-r.conns:
				conn.Close()
			default:
				return
			}
		}
	})
}

func (c *Child) forget(r *relay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.relays, r.id)
	r.shut()
}

func (c *Child) closeRelays() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.relays {
		r.shut()
	}
	c.relays = nil
}

func (c *Child) answered(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.relays[m.ID]; r != nil {
		r.answer <- m
	}
}

func (c *Child) accepted(id int, conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.relays[id]; r != nil {
		select {
		case r.conns <- conn:
			return
		default:
		}
	}
	conn.Close()
}
