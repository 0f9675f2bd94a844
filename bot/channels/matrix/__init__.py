from bot.channels.matrix.channel import MatrixChannel

__all__ = ["MatrixChannel"]
