// Package qdranttest is a Qdrant server at the wire for tests: the part of its gRPC interface that memory uses, in
// process, with exact search. It is strict: a filter without a tenant, or over a field without an index, is refused.
package qdranttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"sync"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Server is the server.
type Server struct {
	qdrant.UnimplementedQdrantServer
	qdrant.UnimplementedCollectionsServer

	Addr string // host:port

	points *points
	grpc   *grpc.Server
	ended  chan error
}

type points struct {
	qdrant.UnimplementedPointsServer

	mu          sync.Mutex
	fail        func(method string) error
	collections map[string]*collection
}

type collection struct {
	config  *qdrant.CreateCollection
	indexed map[string]bool
	points  map[string]*qdrant.PointStruct
}

// Start listens on a free loopback port.
func Start() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{points: &points{collections: map[string]*collection{}}, Addr: l.Addr().String(), ended: make(chan error, 1)}
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.intercept))
	qdrant.RegisterQdrantServer(s.grpc, s)
	qdrant.RegisterCollectionsServer(s.grpc, s)
	qdrant.RegisterPointsServer(s.grpc, s.points)
	go func() { s.ended <- s.grpc.Serve(l) }()
	return s, nil
}

// Close stops the server and waits for it.
func (s *Server) Close() error {
	s.grpc.Stop()
	if err := <-s.ended; !errors.Is(err, grpc.ErrServerStopped) { // stopped before it served
		return err
	}
	return nil
}

// Fail makes calls fail whose method it returns an error for; nil ends that.
func (s *Server) Fail(f func(method string) error) {
	s.points.mu.Lock()
	defer s.points.mu.Unlock()
	s.points.fail = f
}

func (s *Server) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	s.points.mu.Lock()
	fail := s.points.fail
	s.points.mu.Unlock()
	if fail != nil {
		if err := fail(info.FullMethod); err != nil {
			return nil, err
		}
	}
	s.points.mu.Lock()
	defer s.points.mu.Unlock()
	return next(ctx, req)
}

// HealthCheck implements qdrant.QdrantServer.
func (s *Server) HealthCheck(context.Context, *qdrant.HealthCheckRequest) (*qdrant.HealthCheckReply, error) {
	return &qdrant.HealthCheckReply{Title: "qdranttest", Version: "1.17.1"}, nil
}

// List implements qdrant.CollectionsServer.
func (s *Server) List(context.Context, *qdrant.ListCollectionsRequest) (*qdrant.ListCollectionsResponse, error) {
	r := &qdrant.ListCollectionsResponse{}
	for name := range s.points.collections {
		r.Collections = append(r.Collections, &qdrant.CollectionDescription{Name: name})
	}
	return r, nil
}

// CollectionExists implements qdrant.CollectionsServer.
func (s *Server) CollectionExists(_ context.Context, r *qdrant.CollectionExistsRequest) (*qdrant.CollectionExistsResponse, error) {
	_, ok := s.points.collections[r.GetCollectionName()]
	return &qdrant.CollectionExistsResponse{Result: &qdrant.CollectionExists{Exists: ok}}, nil
}

// Create implements qdrant.CollectionsServer.
func (s *Server) Create(_ context.Context, r *qdrant.CreateCollection) (*qdrant.CollectionOperationResponse, error) {
	if s.points.collections[r.GetCollectionName()] != nil {
		return nil, status.Error(codes.AlreadyExists, "collection exists")
	}
	s.points.collections[r.GetCollectionName()] = &collection{config: r, indexed: map[string]bool{}, points: map[string]*qdrant.PointStruct{}}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (p *points) find(name string) (*collection, error) {
	if c := p.collections[name]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "collection %s", name)
}

func done() *qdrant.PointsOperationResponse {
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_Completed}}
}

// CreateFieldIndex implements qdrant.PointsServer.
func (p *points) CreateFieldIndex(_ context.Context, r *qdrant.CreateFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.indexed[r.GetFieldName()] = true
	return done(), nil
}

// Upsert implements qdrant.PointsServer.
func (p *points) Upsert(_ context.Context, r *qdrant.UpsertPoints) (*qdrant.PointsOperationResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, pt := range r.GetPoints() {
		id := pt.GetId().GetUuid()
		if v, ok := pt.GetVectors().GetVectors().GetVectors()["meaning"]; ok {
			want := c.config.GetVectorsConfig().GetParamsMap().GetMap()["meaning"].GetSize()
			if got := uint64(len(v.GetDense().GetData())); got != want {
				return nil, status.Errorf(codes.InvalidArgument, "expected dim %d, got %d", want, got)
			}
		}
		if _, there := c.points[id]; there && r.GetUpdateMode() == qdrant.UpdateMode_InsertOnly {
			continue
		}
		c.points[id] = pt
	}
	return done(), nil
}

// Delete implements qdrant.PointsServer.
func (p *points) Delete(_ context.Context, r *qdrant.DeletePoints) (*qdrant.PointsOperationResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	found, err := c.match(r.GetPoints().GetFilter())
	for _, pt := range found {
		delete(c.points, pt.GetId().GetUuid())
	}
	return done(), err
}

// SetPayload implements qdrant.PointsServer.
func (p *points) SetPayload(_ context.Context, r *qdrant.SetPayloadPoints) (*qdrant.PointsOperationResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	found, err := c.match(r.GetPointsSelector().GetFilter())
	for _, pt := range found {
		for k, v := range r.GetPayload() {
			pt.Payload[k] = v
		}
	}
	return done(), err
}

// Scroll implements qdrant.PointsServer.
func (p *points) Scroll(_ context.Context, r *qdrant.ScrollPoints) (*qdrant.ScrollResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	found, err := c.match(r.GetFilter())
	if err != nil {
		return nil, err
	}
	resp := &qdrant.ScrollResponse{}
	for _, pt := range found {
		if pt.GetId().GetUuid() < r.GetOffset().GetUuid() {
			continue
		}
		if len(resp.Result) == int(r.GetLimit()) {
			resp.NextPageOffset = pt.GetId()
			break
		}
		resp.Result = append(resp.Result, &qdrant.RetrievedPoint{Id: pt.GetId(), Payload: pt.GetPayload()})
	}
	return resp, nil
}

// Query implements qdrant.PointsServer.
func (p *points) Query(_ context.Context, r *qdrant.QueryPoints) (*qdrant.QueryResponse, error) {
	c, err := p.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if limit := c.config.GetStrictModeConfig().GetMaxQueryLimit(); r.GetLimit() > uint64(limit) {
		return nil, status.Error(codes.InvalidArgument, "strict mode: limit")
	}
	found, err := c.match(r.GetFilter())
	if err != nil {
		return nil, err
	}
	resp := &qdrant.QueryResponse{}
	nearest := r.GetQuery().GetNearest()
	for _, pt := range found {
		v := pt.GetVectors().GetVectors().GetVectors()[r.GetUsing()]
		var score float64
		switch {
		case v == nil:
			continue
		case nearest.GetSparse() != nil:
			if score = c.bm25(nearest.GetSparse(), v.GetSparse()); score == 0 {
				continue
			}
		default:
			score = cosine(nearest.GetDense().GetData(), v.GetDense().GetData())
		}
		if r.ScoreThreshold == nil || score >= float64(*r.ScoreThreshold) {
			resp.Result = append(resp.Result, &qdrant.ScoredPoint{Id: pt.GetId(), Payload: pt.GetPayload(), Score: float32(score)})
		}
	}
	slices.SortStableFunc(resp.Result, func(a, b *qdrant.ScoredPoint) int { return cmp.Compare(b.GetScore(), a.GetScore()) })
	resp.Result = resp.Result[:min(len(resp.Result), int(r.GetLimit()))]
	return resp, nil
}

// match returns the points of a filter by their ids.
func (c *collection) match(f *qdrant.Filter) ([]*qdrant.PointStruct, error) {
	tenant := false
	for _, cond := range f.GetMust() {
		key := cond.GetField().GetKey()
		if key != "" && !c.indexed[key] {
			return nil, status.Errorf(codes.InvalidArgument, "strict mode: %s has no index", key)
		}
		tenant = tenant || key == "tenant" && cond.GetField().GetMatch().GetKeyword() != ""
	}
	if !tenant || len(f.GetShould())+len(f.GetMustNot()) > 0 {
		return nil, status.Error(codes.InvalidArgument, "a filter must name its tenant, and have nothing but must")
	}
	var found []*qdrant.PointStruct
	for _, pt := range c.points {
		if !slices.ContainsFunc(f.GetMust(), func(cond *qdrant.Condition) bool { return !holds(cond, pt) }) {
			found = append(found, pt)
		}
	}
	slices.SortFunc(found, func(a, b *qdrant.PointStruct) int { return cmp.Compare(a.GetId().GetUuid(), b.GetId().GetUuid()) })
	return found, nil
}

func holds(cond *qdrant.Condition, pt *qdrant.PointStruct) bool {
	if ids := cond.GetHasId(); ids != nil {
		return slices.ContainsFunc(ids.GetHasId(), func(id *qdrant.PointId) bool { return id.GetUuid() == pt.GetId().GetUuid() })
	}
	field := cond.GetField()
	value := pt.GetPayload()[field.GetKey()]
	if r := field.GetRange(); r != nil {
		return float64(value.GetIntegerValue()) >= r.GetGte()
	}
	return value.GetStringValue() == field.GetMatch().GetKeyword()
}

// bm25 is the dot product of two sparse vectors with the IDF modifier.
func (c *collection) bm25(query, doc *qdrant.SparseVector) (score float64) {
	for qi, id := range query.GetIndices() {
		di := slices.Index(doc.GetIndices(), id)
		if di < 0 {
			continue
		}
		n := 0
		for _, pt := range c.points {
			if slices.Contains(pt.GetVectors().GetVectors().GetVectors()["words"].GetSparse().GetIndices(), id) {
				n++
			}
		}
		idf := math.Log(1 + (float64(len(c.points))-float64(n)+0.5)/(float64(n)+0.5))
		score += float64(query.GetValues()[qi]) * float64(doc.GetValues()[di]) * idf
	}
	return score
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	if len(a) != len(b) {
		panic(fmt.Sprintf("vectors of %d and %d numbers", len(a), len(b)))
	}
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}
