package memory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/qdrant/go-client/qdrant"
)

// vectors keeps items as points of one Qdrant collection for each embedding model and dimension: payload fields with
// indexes, a dense vector of the meaning, a sparse one of the words.
type vectors struct {
	client *qdrant.Client
	name   string // collection
	dim    int    // 0: no dense vectors can be written now
	dense  bool   // the collection has dense vectors
}

// Names of vectors.
const (
	denseName  = "meaning"
	sparseName = "words"
)

// callTimeout bounds one call.
const callTimeout = 10 * time.Second

// scrollPage is the number of points fetched at once; strict mode refuses more than maxLimit.
const (
	scrollPage = 500
	maxLimit   = 1000
)

func openQdrant(ctx context.Context, o Options) (backend, func() error, error) {
	host, portText, err := o.Qdrant.split()
	if err != nil {
		return nil, nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, nil, err
	}
	client, err := qdrant.NewClient(&qdrant.Config{Host: host, Port: int(port), APIKey: o.Qdrant.APIKey, UseTLS: o.Qdrant.TLS,
		SkipCompatibilityCheck: true, PoolSize: 1})
	if err != nil {
		return nil, nil, err
	}
	v := &vectors{client: client}
	if err := v.prepare(ctx, o); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("qdrant at %s: %w", o.Qdrant.Address, err), client.Close())
	}
	return v, client.Close, nil
}

// prepare chooses the collection and makes it when it is missing. Without an answer of the embedding model a collection
// that was made with it before is used by words alone.
func (v *vectors) prepare(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if _, err := v.client.HealthCheck(ctx); err != nil {
		return err
	}
	if o.Embed == nil {
		v.name = "memory_words_v1"
		return v.create(ctx)
	}
	stem := "memory_" + plain(o.Embedder) + "_"
	v.dense = true
	probe, err := o.Embed(ctx, []string{"dimension"})
	if err == nil && len(probe) == 1 && len(probe[0]) > 0 {
		v.dim = len(probe[0])
		v.name = stem + strconv.Itoa(v.dim) + "_v1"
		return v.create(ctx)
	}
	names, err2 := v.client.ListCollections(ctx)
	if err2 != nil {
		return err2
	}
	slices.Sort(names)
	for _, n := range names {
		rest, ok := strings.CutPrefix(n, stem)
		dim, isV1 := strings.CutSuffix(rest, "_v1")
		if d, err := strconv.Atoi(dim); ok && isV1 && err == nil {
			v.name, v.dim = n, d
			return nil
		}
	}
	return fmt.Errorf("the embedding model %s gives no vector: %w", o.Embedder, err)
}

// plain makes a model's name fit for a collection.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.') {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
}

// create makes the collection, strict: what is not indexed cannot be filtered by.
func (v *vectors) create(ctx context.Context) error {
	there, err := v.client.CollectionExists(ctx, v.name)
	if err != nil {
		return err
	}
	if !there {
		req := &qdrant.CreateCollection{
			CollectionName:      v.name,
			SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{sparseName: {Modifier: qdrant.Modifier_Idf.Enum()}}),
			StrictModeConfig: &qdrant.StrictModeConfig{Enabled: qdrant.PtrOf(true), MaxQueryLimit: qdrant.PtrOf(uint32(maxLimit)),
				UnindexedFilteringRetrieve: qdrant.PtrOf(false), UnindexedFilteringUpdate: qdrant.PtrOf(false)},
		}
		if v.dense {
			req.VectorsConfig = qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
				denseName: {Size: uint64(v.dim), Distance: qdrant.Distance_Cosine}})
		}
		if err := v.client.CreateCollection(ctx, req); err != nil {
			return err
		}
	}
	return v.index(ctx)
}

// index makes the payload indexes; those that are there stay.
func (v *vectors) index(ctx context.Context) error {
	field := func(name string, kind qdrant.FieldType, params *qdrant.PayloadIndexParams) error {
		_, err := v.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: v.name, Wait: qdrant.PtrOf(true),
			FieldName: name, FieldType: kind.Enum(), FieldIndexParams: params})
		return err
	}
	err := field("tenant", qdrant.FieldType_FieldTypeKeyword,
		qdrant.NewPayloadIndexParamsKeyword(&qdrant.KeywordIndexParams{IsTenant: qdrant.PtrOf(true)}))
	for _, name := range []string{"site", "kind", "status", "task"} {
		err = errors.Join(err, field(name, qdrant.FieldType_FieldTypeKeyword, nil))
	}
	return errors.Join(err, field("created", qdrant.FieldType_FieldTypeInteger,
		qdrant.NewPayloadIndexParamsInt(&qdrant.IntegerIndexParams{Lookup: qdrant.PtrOf(false), Range: qdrant.PtrOf(true)})))
}

func (v *vectors) insert(ctx context.Context, i Item, vector []float32) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	ids, weights := sparse(i.searched())
	parts := map[string]*qdrant.Vector{sparseName: qdrant.NewVectorSparse(ids, weights)}
	if v.dense && len(vector) == v.dim {
		parts[denseName] = qdrant.NewVectorDense(vector)
	}
	_, err = v.client.Upsert(ctx, &qdrant.UpsertPoints{
		CollectionName: v.name, Wait: qdrant.PtrOf(true), UpdateMode: qdrant.UpdateMode_InsertOnly.Enum(),
		Points: []*qdrant.PointStruct{{Id: qdrant.NewID(i.ID), Vectors: qdrant.NewVectorsMap(parts), Payload: qdrant.NewValueMap(map[string]any{
			"tenant": i.Tenant, "site": i.Site, "kind": string(i.Kind), "status": string(i.Status), "task": i.Provenance.Task,
			"created": i.Created.UnixMilli(), "used": 0, "succeeded": 0, "failed": 0, "data": string(data),
		})}},
	})
	return err
}

// item makes an item of a point's payload.
func item(payload map[string]*qdrant.Value) (Item, error) {
	var i Item
	if err := json.Unmarshal([]byte(payload["data"].GetStringValue()), &i); err != nil {
		return i, fmt.Errorf("a stored item is damaged: %w", err)
	}
	i.Status = Status(payload["status"].GetStringValue())
	i.Used, i.Succeeded, i.Failed = count(payload, "used"), count(payload, "succeeded"), count(payload, "failed")
	return i, nil
}

func count(payload map[string]*qdrant.Value, name string) int {
	return int(payload[name].GetIntegerValue())
}

func (v *vectors) list(ctx context.Context, s scope) ([]Item, error) {
	var items []Item
	err := v.each(ctx, s, func(p *qdrant.RetrievedPoint) error {
		i, err := item(p.GetPayload())
		items = append(items, i)
		return err
	})
	return items, err
}

// each visits all points of a scope.
func (v *vectors) each(ctx context.Context, s scope, visit func(*qdrant.RetrievedPoint) error) error {
	var from *qdrant.PointId
	for {
		page, next, err := v.scroll(ctx, s, from)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := visit(p); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		from = next
	}
}

func (v *vectors) scroll(ctx context.Context, s scope, from *qdrant.PointId) ([]*qdrant.RetrievedPoint, *qdrant.PointId, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return v.client.ScrollAndOffset(ctx, &qdrant.ScrollPoints{CollectionName: v.name, Filter: s.filter(), Offset: from,
		Limit: qdrant.PtrOf(uint32(scrollPage)), WithPayload: qdrant.NewWithPayload(true)})
}

func (v *vectors) search(ctx context.Context, s scope, words []string, vector []float32, limit int) (byWords, byMeaning []Item, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	ask := func(using string, query *qdrant.Query, floor *float32) ([]Item, error) {
		found, err := v.client.Query(ctx, &qdrant.QueryPoints{CollectionName: v.name, Query: query, Using: &using, Filter: s.filter(),
			Limit: qdrant.PtrOf(uint64(limit)), ScoreThreshold: floor, WithPayload: qdrant.NewWithPayload(true)})
		if err != nil {
			return nil, err
		}
		items := make([]Item, len(found))
		for n, p := range found {
			if items[n], err = item(p.GetPayload()); err != nil {
				return nil, err
			}
		}
		return items, nil
	}
	if len(words) > 0 {
		ids, ones := make([]uint32, 0, len(words)), make([]float32, 0, len(words))
		for _, w := range words {
			if id := termID(w); !slices.Contains(ids, id) {
				ids, ones = append(ids, id), append(ones, 1)
			}
		}
		if byWords, err = ask(sparseName, qdrant.NewQuerySparse(ids, ones), nil); err != nil {
			return nil, nil, err
		}
	}
	if v.dense && vector != nil && len(vector) == v.dim {
		byMeaning, err = ask(denseName, qdrant.NewQueryDense(vector), qdrant.PtrOf(float32(minCosine)))
	}
	return byWords, byMeaning, err
}

func (v *vectors) change(ctx context.Context, s scope, c change) (int, error) {
	var points []*qdrant.RetrievedPoint
	err := v.each(ctx, s, func(p *qdrant.RetrievedPoint) error {
		points = append(points, p)
		return nil
	})
	if err != nil || len(points) == 0 {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	strong := &qdrant.WriteOrdering{Type: qdrant.WriteOrderingType_Strong}
	switch {
	case c.forget:
		_, err = v.client.Delete(ctx, &qdrant.DeletePoints{CollectionName: v.name, Wait: qdrant.PtrOf(true), Ordering: strong,
			Points: qdrant.NewPointsSelectorFilter(s.filter())})
	case c.outcome != nil:
		for _, p := range points {
			err = errors.Join(err, v.count(ctx, s, p, *c.outcome))
		}
	default:
		_, err = v.client.SetPayload(ctx, &qdrant.SetPayloadPoints{CollectionName: v.name, Wait: qdrant.PtrOf(true), Ordering: strong,
			Payload:        qdrant.NewValueMap(map[string]any{"status": string(c.status)}),
			PointsSelector: qdrant.NewPointsSelectorFilter(s.filter())})
	}
	return len(points), err
}

// count adds one use to a point. Uses counted at the same moment elsewhere may be lost: they are hints, not accounts.
func (v *vectors) count(ctx context.Context, s scope, p *qdrant.RetrievedPoint, success bool) error {
	one, err := newScope(s.tenant, limits{ids: []string{p.GetId().GetUuid()}})
	if err != nil {
		return err
	}
	was := p.GetPayload()
	next := map[string]any{"used": count(was, "used") + 1}
	if success {
		next["succeeded"] = count(was, "succeeded") + 1
	} else {
		next["failed"] = count(was, "failed") + 1
	}
	_, err = v.client.SetPayload(ctx, &qdrant.SetPayloadPoints{CollectionName: v.name, Wait: qdrant.PtrOf(true),
		Payload: qdrant.NewValueMap(next), PointsSelector: qdrant.NewPointsSelectorFilter(one.filter())})
	return err
}

// BM25's usual constants, and the usual length of an item in words.
const (
	bm25K      = 1.2
	bm25B      = 0.75
	bm25Length = 40
)

// sparse weighs the words of a text as BM25 does; the server multiplies by how rare they are.
func sparse(text string) (ids []uint32, weights []float32) {
	words := wordsOf(text)
	times := map[uint32]int{}
	for _, w := range words {
		times[termID(w)]++
	}
	for id := range times {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	norm := bm25K * (1 - bm25B + bm25B*float64(len(words))/bm25Length)
	for _, id := range ids {
		tf := float64(times[id])
		weights = append(weights, float32(tf*(bm25K+1)/(tf+norm)))
	}
	return ids, weights
}

// termID is a word's place in the sparse vector.
func termID(word string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(word)) // never fails
	return h.Sum32() & math.MaxInt32
}
