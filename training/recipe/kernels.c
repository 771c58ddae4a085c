// The small operations between the matrix products of net.py, forward and backward, in bf16 with sums in fp32.
// Everything is row-major and contiguous; rows are shared among threads.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint16_t half;

static inline float up(half h) {
	union { uint32_t u; float f; } x = {(uint32_t)h << 16};
	return x.f;
}

static inline half down(float v) {
	union { float f; uint32_t u; } x = {v};
	x.u += 0x7fff + ((x.u >> 16) & 1);
	return x.u >> 16;
}

// sum = x + add (add may be null); y = w * sum / rms(sum); inv keeps 1/rms for the way back.
void norm_forward(const float *x, const half *add, const float *w, float *sum, half *y, float *inv, long n, long d, int threads) {
#pragma omp parallel for num_threads(threads)
	for (long i = 0; i < n; i++) {
		const float *a = x + i * d;
		float *s = sum + i * d, q = 0;
		for (long j = 0; j < d; j++) {
			float v = add ? a[j] + up(add[i * d + j]) : a[j];
			s[j] = v;
			q += v * v;
		}
		float r = 1.f / sqrtf(q / d + 1e-5f);
		inv[i] = r;
		for (long j = 0; j < d; j++) y[i * d + j] = down(s[j] * r * w[j]);
	}
}

// dx is the gradient of x, dadd of add (may be null); dsum comes in from the residual stream (may be null).
void norm_backward(const half *dy, const float *dsum, const float *sum, const float *w, const float *inv, float *dx, half *dadd,
                   float *dw, long n, long d, int threads) {
	memset(dw, 0, d * sizeof *dw);
#pragma omp parallel num_threads(threads)
	{
		float *mine = calloc(d, sizeof *mine);
#pragma omp for
		for (long i = 0; i < n; i++) {
			const half *g = dy + i * d;
			const float *s = sum + i * d;
			float r = inv[i], dot = 0;
			for (long j = 0; j < d; j++) {
				float v = up(g[j]);
				dot += v * w[j] * s[j];
				mine[j] += v * s[j] * r;
			}
			dot *= r * r * r / d;
			for (long j = 0; j < d; j++) {
				float v = up(g[j]) * w[j] * r - s[j] * dot;
				if (dsum) v += dsum[i * d + j];
				dx[i * d + j] = v;
				if (dadd) dadd[i * d + j] = down(v);
			}
		}
#pragma omp critical
		for (long j = 0; j < d; j++) dw[j] += mine[j];
		free(mine);
	}
}

// qkv [b*t, 3*h*e] -> q, k, v [b, h, t, e]; q and k turned by rope, pairs of neighbours. back = 1 goes the other way.
void heads(half *qkv, half *q, half *k, half *v, const float *cosine, const float *sine, long b, long t, long h, long e, int back, int threads) {
	long d = h * e, m = e / 2;
#pragma omp parallel for num_threads(threads)
	for (long i = 0; i < b * t; i++) {
		const float *c = cosine + (i % t) * m, *s = sine + (i % t) * m;
		for (long j = 0; j < h; j++) {
			long at = ((i / t * h + j) * t + i % t) * e;
			half *from[2] = {qkv + i * 3 * d + j * e, qkv + i * 3 * d + d + j * e}, *to[2] = {q + at, k + at};
			for (int z = 0; z < 2; z++) {
				half *in = back ? to[z] : from[z], *out = back ? from[z] : to[z];
				float sign = back ? -1 : 1;
				for (long p = 0; p < m; p++) {
					float x = up(in[2 * p]), y = up(in[2 * p + 1]);
					out[2 * p] = down(x * c[p] - sign * y * s[p]);
					out[2 * p + 1] = down(y * c[p] + sign * x * s[p]);
				}
			}
			half *w = qkv + i * 3 * d + 2 * d + j * e;
			if (back) memcpy(w, v + at, e * sizeof *w);
			else memcpy(v + at, w, e * sizeof *w);
		}
	}
}

// Causal softmax in place over n square matrices of side t.
void softmax_forward(half *a, long n, long t, float scale, int threads) {
#pragma omp parallel num_threads(threads)
	{
		float *buf = malloc(t * sizeof *buf);
#pragma omp for
		for (long r = 0; r < n * t; r++) {
			half *row = a + r * t;
			long i = r % t;
			float top = -1e30f, sum = 0;
			for (long j = 0; j <= i; j++) {
				buf[j] = up(row[j]) * scale;
				top = fmaxf(top, buf[j]);
			}
			for (long j = 0; j <= i; j++) {
				buf[j] = expf(buf[j] - top);
				sum += buf[j];
			}
			sum = 1.f / sum;
			for (long j = 0; j <= i; j++) row[j] = down(buf[j] * sum);
			memset(row + i + 1, 0, (t - 1 - i) * sizeof *row);
		}
		free(buf);
	}
}

// g holds the gradient of the probabilities p and becomes that of the scores.
void softmax_backward(const half *p, half *g, long n, long t, float scale, int threads) {
#pragma omp parallel for num_threads(threads)
	for (long r = 0; r < n * t; r++) {
		const half *a = p + r * t;
		half *b = g + r * t;
		long i = r % t;
		float dot = 0;
		for (long j = 0; j <= i; j++) dot += up(a[j]) * up(b[j]);
		for (long j = 0; j <= i; j++) b[j] = down(up(a[j]) * (up(b[j]) - dot) * scale);
		memset(b + i + 1, 0, (t - 1 - i) * sizeof *b);
	}
}

// Below this the exponential of its negative has no room in a float; with -ffast-math a division by infinity is no number.
static const float deep = -80.f;

// x [n, 2*f] holds gate and value; y = silu(gate) * value.
void gate_forward(const half *x, half *y, long n, long f, int threads) {
#pragma omp parallel for num_threads(threads)
	for (long i = 0; i < n; i++)
		for (long j = 0; j < f; j++) {
			float a = up(x[i * 2 * f + j]), b = up(x[i * 2 * f + f + j]);
			y[i * f + j] = down(a / (1.f + expf(-fmaxf(a, deep))) * b);
		}
}

void gate_backward(const half *x, const half *dy, half *dx, long n, long f, int threads) {
#pragma omp parallel for num_threads(threads)
	for (long i = 0; i < n; i++)
		for (long j = 0; j < f; j++) {
			float a = up(x[i * 2 * f + j]), b = up(x[i * 2 * f + f + j]), g = up(dy[i * f + j]), s = 1.f / (1.f + expf(-fmaxf(a, deep)));
			dx[i * 2 * f + j] = down(g * b * s * (1.f + a * (1.f - s)));
			dx[i * 2 * f + f + j] = down(g * a * s);
		}
}
