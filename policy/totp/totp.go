// Package totp computes one-time codes after RFC 6238. All functions are pure.
package totp

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RFC 6238 and most services use
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Key makes codes. Seed is its secret as it was written, without spaces.
type Key struct {
	Seed   string
	secret []byte
	digits int
	period int64 // seconds
	hash   func() hash.Hash
}

// MinSeed is the length in bytes below which a seed is refused: RFC 4226 asks for 16, some services give 10.
const MinSeed = 10

// Parse reads a key as services show it: a base32 seed, or an otpauth://totp/ URI with secret, digits (6 to 8, default 6),
// period (seconds, default 30) and algorithm (SHA1, SHA256 or SHA512, default SHA1). Errors never hold the seed.
func Parse(text string) (Key, error) {
	k := Key{digits: 6, period: 30, hash: sha1.New}
	text = strings.TrimSpace(text)
	k.Seed = text
	if strings.HasPrefix(strings.ToLower(text), "otpauth:") {
		if err := k.uri(text); err != nil {
			return Key{}, err
		}
	}
	k.Seed = strings.ToUpper(strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(k.Seed), "="))
	var err error
	if k.secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(k.Seed); err != nil {
		return Key{}, errors.New("the seed is not base32")
	}
	if len(k.secret) < MinSeed {
		return Key{}, fmt.Errorf("the seed is shorter than %d bytes", MinSeed)
	}
	return k, nil
}

func (k *Key) uri(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host != "totp" {
		return errors.New("it is not an otpauth://totp/ URI")
	}
	q := u.Query()
	k.Seed = q.Get("secret")
	if d := q.Get("digits"); d != "" {
		if k.digits, err = strconv.Atoi(d); err != nil || k.digits < 6 || k.digits > 8 {
			return errors.New("digits must be 6, 7 or 8")
		}
	}
	if p := q.Get("period"); p != "" {
		if k.period, err = strconv.ParseInt(p, 10, 64); err != nil || k.period < 1 || k.period > 3600 {
			return errors.New("period must be 1 to 3600 seconds")
		}
	}
	switch strings.ToUpper(q.Get("algorithm")) {
	case "", "SHA1":
	case "SHA256":
		k.hash = sha256.New
	case "SHA512":
		k.hash = sha512.New
	default:
		return errors.New("algorithm must be SHA1, SHA256 or SHA512")
	}
	return nil
}

// Code returns the code of a moment.
func (k Key) Code(at time.Time) string {
	mac := hmac.New(k.hash, k.secret)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(at.Unix()/k.period)) //nolint:gosec // no clock here is before 1970
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[from:]) & 0x7fffffff
	modulus := uint32(1)
	for range k.digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", k.digits, n%modulus)
}
