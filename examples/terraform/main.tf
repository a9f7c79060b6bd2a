# A VPC with a public and a private subnet, an instance with three private addresses, and an Elastic IP that moves between
# them without a packet's way being made anew.
#
#   eval "$(enid env)"
#   terraform init
#   terraform apply
#   curl "http://$(terraform output -raw public_ip)"
#   terraform apply -var elastic_ip_on=10.30.0.12
#   terraform destroy

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "elastic_ip_on" {
  description = "The private address of the instance that the Elastic IP stands for"
  type        = string
  default     = "10.30.0.11"
}

locals {
  primary   = "10.30.0.10"
  secondary = ["10.30.0.11", "10.30.0.12"]
}

data "aws_availability_zones" "all" {
  state = "available"
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_vpc" "example" {
  cidr_block = "10.30.0.0/16"
  tags       = { Name = "enid-example" }
}

resource "aws_internet_gateway" "example" {
  vpc_id = aws_vpc.example.id
}

# The public subnet leads to the internet, the private one out through a NAT gateway.
resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.example.id
  cidr_block        = "10.30.0.0/24"
  availability_zone = data.aws_availability_zones.all.names[0]
}

resource "aws_subnet" "private" {
  vpc_id            = aws_vpc.example.id
  cidr_block        = "10.30.1.0/24"
  availability_zone = data.aws_availability_zones.all.names[0]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.example.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.example.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.example]
}

resource "aws_nat_gateway" "example" {
  subnet_id     = aws_subnet.public.id
  allocation_id = aws_eip.nat.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.example.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.example.id
  }
}

resource "aws_route_table_association" "private" {
  subnet_id      = aws_subnet.private.id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "web" {
  name   = "enid-example"
  vpc_id = aws_vpc.example.id
  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_network_interface" "web" {
  subnet_id               = aws_subnet.public.id
  private_ip_list_enabled = true
  private_ip_list         = concat([local.primary], local.secondary)
  security_groups         = [aws_security_group.web.id]
}

# As on EC2, the guest configures its secondary addresses itself. The page says at which address it was asked for.
resource "aws_instance" "web" {
  ami           = data.aws_ami.linux.id
  instance_type = "t3.medium"
  network_interface {
    network_interface_id = aws_network_interface.web.id
    device_index         = 0
  }
  user_data = <<-PYTHON
    #!/usr/bin/env python3
    import http.server, subprocess

    for address in ${jsonencode(local.secondary)}:
        subprocess.run(["ip", "address", "add", address + "/32", "dev", "eth0"], check=True)

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"You reached {self.connection.getsockname()[0]}\n".encode())

    http.server.ThreadingHTTPServer(("0.0.0.0", 80), Page).serve_forever()
  PYTHON
  tags      = { Name = "enid-example" }
}

resource "aws_eip" "web" {
  domain                    = "vpc"
  network_interface         = aws_network_interface.web.id
  associate_with_private_ip = var.elastic_ip_on
  depends_on                = [aws_internet_gateway.example, aws_instance.web]
}

output "public_ip" {
  value = aws_eip.web.public_ip
}
