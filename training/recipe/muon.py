"""The optimizers: Muon for the matrices inside the layers, AdamW for everything else."""
import math

import torch


class Muon:
    """Momentum whose steps are made orthogonal by Newton-Schulz iterations; for the matrices inside the layers."""

    def __init__(self, p, parts, decay=0.05):
        self.p, self.parts, self.decay = p, parts, decay  # parts: matrices stacked in it
        self.memory = [torch.zeros_like(p)]

    def step(self, grad, rate):
        m, p = self.memory[0], self.p
        m.mul_(0.95).add_(grad, alpha=0.05)
        x, scale = orthogonal((grad * 0.05 + m * 0.95).view(self.parts, -1, p.shape[1]))
        p.mul_(1 - rate * self.decay).add_(x.reshape(p.shape), alpha=-rate * scale)

    @staticmethod
    def together(some, rate):
        """The same for several of one shape, on a GPU, where many small products would take turns."""
        grads, memory = [o.p.grad for o in some], [o.memory[0] for o in some]
        torch._foreach_mul_(memory, 0.95)
        torch._foreach_add_(memory, grads, alpha=0.05)
        x = torch.cat([g.mul(0.05).add_(m, alpha=0.95).view(o.parts, -1, o.p.shape[1]) for o, g, m in zip(some, grads, memory)])
        x, scale = orthogonal(x)
        params = [o.p for o in some]
        torch._foreach_mul_(params, 1 - rate * some[0].decay)
        torch._foreach_add_(params, list(x.reshape(len(some), *params[0].shape)), alpha=-rate * scale)


def orthogonal(x):
    """Matrices made nearly orthogonal by Newton-Schulz iterations, and how much longer the step of their shape is."""
    tall = x.shape[1] > x.shape[2]
    scale = math.sqrt(max(1, x.shape[1] / x.shape[2]))
    x = (x.mT if tall else x).bfloat16()
    x = x / (x.float().pow(2).sum((-2, -1), keepdim=True).sqrt().bfloat16() + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.mT if tall else x).float(), scale


class Adam:
    """AdamW, for everything else."""

    def __init__(self, p, share=1.0, decay=0.0):
        self.p, self.share, self.decay = p, share, decay
        self.memory = [torch.zeros_like(p), torch.zeros_like(p), torch.zeros(1)]

    def step(self, grad, rate):
        first, second, n = self.memory
        rate *= self.share
        n += 1
        first.mul_(0.9).add_(grad, alpha=0.1)
        second.mul_(0.97).addcmul_(grad, grad, value=0.03)
        size = (second / (1 - 0.97 ** n.item())).sqrt_().add_(1e-8)
        self.p.mul_(1 - rate * self.decay).addcdiv_(first, size, value=-rate / (1 - 0.9 ** n.item()))
